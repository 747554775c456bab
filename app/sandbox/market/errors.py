"""What the marketplace says when something cannot be done."""


class CannotDo(ValueError):
    """A refusal: its words fit for a page, `code` is for protocols to translate. Nothing was changed.

    Codes: not_enough, gone, unknown, warehouse, range, floor, holiday, kit, uncounted, state, already, cancel_asked,
    not_asked, given (the request makes no sense).
    """

    def __init__(self, words: str, code: str = "given") -> None:
        super().__init__(words)
        self.code = code
