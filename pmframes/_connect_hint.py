"""What a notebook shows above the error for a missing connection: how to connect, or to try without."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pmframes._html import block, code, panel

_DEMO = "pm.demo()"
_TRY = "Try it without an account."
_FICTIONAL = "This starts a server on your machine with fictional data; then run this cell again:"
_CONNECT = "Or connect."
_ASKS = "This asks for it, so that it is not saved with the notebook:"
_ONE_ASKS = "Run its line alone, below the import. It asks for it, so that it is not saved with the notebook:"
_VARIABLES = "Or set {} in the environment, before Jupyter starts:"
# The front end's own colours, in its light form and its dark one.
_BOX = (
    "max-width: 60em; padding: 0.5em 1em; border: 1px solid var(--jp-border-color1, #8888); "
    "border-left: 4px solid var(--jp-brand-color1, #1976d2)"
)
_LINES = "margin: 0 0 1em 1em; overflow-x: auto"


@dataclass(frozen=True, repr=False)
class ConnectHint:
    """How to connect: ``cause`` is what is missing, ``needs`` the credential that is needed.

    ``urls`` maps each service that can be connected to an example of the address that it needs, if it needs
    one; ``variables`` are those of the environment: all of them for one service, any of them for several.
    """

    cause: str
    needs: str
    urls: dict[str, str]
    variables: Sequence[str]

    @property
    def lines(self) -> list[str]:
        """The lines of Python that connect."""
        calls = [
            f'pm.connect("{name}", {_address(url)}token=getpass("Credential: "))'
            for name, url in self.urls.items()
        ]
        return "\n".join(["from getpass import getpass", *calls]).splitlines()

    @property
    def _asks(self) -> str:
        return _ASKS if len(self.urls) == 1 else _ONE_ASKS

    @property
    def _sets(self) -> str:
        these = "this" if len(self.variables) == 1 else "these"
        return _VARIABLES.format(these if len(self.urls) == 1 else "one of these")

    def _repr_html_(self) -> str:
        return panel(
            Markup("<p><b>{}</b></p>").format(self.cause),
            Markup("<p><b>{}</b> {}</p>").format(_TRY, _FICTIONAL),
            block([_DEMO], _LINES),
            Markup("<p><b>{}</b> {} {}</p>").format(_CONNECT, self.needs, self._asks),
            block(self.lines, _LINES),
            Markup("<p>{} {}</p>").format(self._sets, Markup(", ").join(map(code, self.variables))),
            style=_BOX,
        )

    def __repr__(self) -> str:
        parts = [
            self.cause,
            f"{_TRY} {_FICTIONAL}",
            f"    {_DEMO}",
            f"{_CONNECT} {self.needs} {self._asks}",
            *(f"    {line}" for line in self.lines),
            f"{self._sets} {', '.join(self.variables)}",
        ]
        return "\n".join(parts)


def _address(url: str) -> str:
    # Asked for, since an example that is copied as it is would send the credential to somebody else's site.
    return f'url=input("Address, such as {url}: "),\n{" " * len("pm.connect(")}' if url else ""
