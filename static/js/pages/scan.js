// A packer looks at the box, not at the screen: each scan answers with a tone, and the field is always ready for the next.
const said = document.querySelector("[data-scan-tone]");
const field = document.querySelector("[data-scan]");

function beep(good) {
  const Context = window.AudioContext;
  if (!Context) return;
  const context = new Context();
  const tone = context.createOscillator();
  const loud = context.createGain();
  tone.frequency.value = good ? 880 : 196;
  tone.type = good ? "sine" : "square";
  loud.gain.value = 0.08;
  tone.connect(loud).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + (good ? 0.12 : 0.4));
  tone.onended = () => context.close();
}

if (said) beep(said.dataset.scanTone === "good");
if (field) {
  field.focus();
  document.addEventListener("visibilitychange", () => document.hidden || field.focus());
  // Enter alone prints what is packed, so that the hand stays on the scanner's trigger and one key.
  const print = document.querySelector("[data-scan-print]");
  if (print) field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || field.value.trim()) return;
    event.preventDefault();
    print.requestSubmit();
  });
}
