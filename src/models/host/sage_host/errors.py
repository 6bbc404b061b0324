"""What a request can fail with."""

# What is told of an error is cut here.
DETAIL_MAX = 4000


class Refused(Exception):
    """An error of the catalogue: code, where, detail."""

    def __init__(self, code, where, detail):
        super().__init__(detail)
        self.code, self.where, self.detail = code, where, detail
