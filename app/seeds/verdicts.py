"""What buyers of the demo say, by the category of what they bought: stars, words, and what the seller answers (or nothing)."""

from typing import NamedTuple


class Verdict(NamedTuple):
    stars: int
    words: str
    answer: str = ""


PRINTS = (
    Verdict(5, "The blacks are really black. It hangs over my desk and I still find a new smudge every morning."),
    Verdict(
        5,
        "Arrived flat, in a tube you could stand on. The paper is heavier than I expected.",
        "The tube is the best part of my week. Thank you!",
    ),
    Verdict(
        4,
        "Lovely sheet. One star off because the frame sizes in the shops here are a finger wider.",
        "A4 to A2 are the sheet's own sizes; I will write the border on the page, so that nobody has to measure after the fact.",
    ),
    Verdict(5, ""),
    Verdict(
        3,
        "The print is good, the colours are cooler than on my screen. I would have liked to know that before.",
        "Fair. I have put a photograph taken by daylight first among the pictures, and if it still looks wrong to you, send it back.",
    ),
    Verdict(4, "Bought as a present. She cried a little, so: success."),
    Verdict(
        2,
        "A corner was bent when it came. The picture itself is fine.",
        "That should not happen, and I am sorry. A new one is on its way; keep the old one for the hallway.",
    ),
    Verdict(5, "Third one from this shop.\n\nThe first hangs in the kitchen and has survived two years of pasta."),
    Verdict(5, "I ordered the wrong size and swapped it the same day. Packed twice as well as the first time."),
    Verdict(4, "Deep, quiet colour. The signature on the back is a nice touch."),
    Verdict(5, "Hangs in our physics room. Pupils stop and argue about which smudge is older."),
    Verdict(
        3,
        "Good, but the post took nine days.",
        "It did, and I watched it stand still in a depot for four of them. I have changed the carrier for your side of the country.",
    ),
    Verdict(5, "Better than the one in the museum shop, and from somebody who answers."),
    Verdict(4, "I wish there were an even bigger one."),
    Verdict(5, "No reflections, even opposite a window."),
    Verdict(
        1,
        "Not my thing in the end. Sending it back was easy, though, so that part gets five.",
        "I will take the five for the parcel. It found another wall already.",
    ),
)
FILES = (
    Verdict(
        5,
        "Sharp to the last pixel on a 5K screen, and the phone one leaves room for the clock. Somebody thought about this.",
    ),
    Verdict(
        4,
        "Very good. I would pay again for an ultrawide cut.",
        "There is one in the next release; you will find it in your library without paying again.",
    ),
    Verdict(5, ""),
    Verdict(3, "Nice, but I only needed one of the three sizes."),
    Verdict(5, "It says what it is and it is that."),
    Verdict(5, "Looks as good on an old tablet as on a new screen."),
    Verdict(4, "Clean files with sensible names. You would be surprised how rare that is."),
)
TEXTURES = (
    Verdict(
        5,
        "Tiles without a seam at any scale I tried, and the height map lines up. Used it in two shipped scenes already.",
    ),
    Verdict(
        4,
        "Great surface. The second colour is a bit close to the first.",
        "True of the screen, less so in raking light. A third one comes with the second release.",
    ),
    Verdict(5, "Finally a brick that does not look like a chocolate bar."),
    Verdict(
        2,
        "1024 px is not enough for close-ups. The pattern is good, but I had to paint over it.",
        "You are right for walls that one walks up to. I am rendering 4K of all packs; everybody who has one gets it.",
    ),
    Verdict(5, ""),
    Verdict(4, "Downloaded, dropped in, done. The licence is one paragraph and I understood it."),
    Verdict(
        1,
        "Looked for roughness maps and there are none. It does say so on the page, which I read afterwards.",
        "Thank you for saying that last part. They are on my list, and the list is public in the forum.",
    ),
    Verdict(5, "Colour names I can say to a client without blushing."),
    Verdict(
        3,
        "Good base, needs work in my renderer.",
        "Write to me with which one it is: I keep a page of settings per renderer and yours may be missing.",
    ),
    Verdict(5, "Third pack. They go together, which packs from the same place often do not."),
    Verdict(4, "Sensible sizes, sensible price."),
    Verdict(5, "Grain at every distance. I stopped looking for the repeat after ten minutes."),
)
BOOKS = (
    Verdict(5, "Twelve minutes to read, and I have looked at the picture differently ever since."),
    Verdict(4, "Short and clear. My daughter (nine) read it to me."),
    Verdict(
        3,
        "I wanted more plates.",
        "So did I! There will be a longer one in spring; owners of this one get it at half price.",
    ),
    Verdict(5, ""),
)
CERAMICS = (
    Verdict(5, "It holds the heat and it fits the hand. My coffee has not changed and yet it has."),
    Verdict(5, "No two are the same and mine is the better one."),
    Verdict(4, "Beautiful glaze. A hair smaller than I imagined; 90 ml is 90 ml.", "It is a very serious 90 ml."),
    Verdict(
        3,
        "The saucer wobbles on my table. The cup is perfect.",
        "Each one is ground flat before it leaves, so yours slipped past me. Write to me through the order, and I send another.",
    ),
    Verdict(5, ""),
    Verdict(
        2,
        "Came with a chip at the foot.",
        "I am sorry. Wool and two boxes were not enough; a new one left this morning, and I pack in three from now on.",
    ),
    Verdict(5, "My grandmother asked where I stole it."),
    Verdict(4, "Heavier than it looks, in a good way."),
    Verdict(5, "Wrapped in wool that I now wear."),
)
STICKERS = (
    Verdict(5, "The cat judges me from my laptop lid. As advertised."),
    Verdict(5, "Survived the dishwasher on a bottle, twice."),
    Verdict(4, "Very good vinyl. I would like a grumpier one."),
    Verdict(3, "Smaller than I thought, but it does say five centimetres."),
    Verdict(5, ""),
    Verdict(4, "Peels off without leaving its opinion behind."),
    Verdict(5, "Bought one, came back for the litter."),
)
BY_CATEGORY = {
    "prints": PRINTS,
    "digital-art": FILES,
    "textures": TEXTURES,
    "books": BOOKS,
    "ceramics": CERAMICS,
    "stickers": STICKERS,
}
