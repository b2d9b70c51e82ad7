"""What a notebook shows above the error for a missing connection: how to connect, or to try without."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pmframes._html import render_code, render_code_block, render_panel

_DEMO_CALL = "pm.demo()"
_TRY = "Try it without an account."
_DEMO = "This starts a server on your machine with fictional data; then run this cell again:"
_CONNECT = "Or connect."
_PROMPT = "This asks for it, so that it is not saved with the notebook:"
_PROMPT_OF_ONE = "Run its line alone, below the import. It asks for it, so that it is not saved with the notebook:"
_ENVIRONMENT = "Or set {} in the environment, before Jupyter starts:"
# The front end's own colours, in its light form and its dark one.
_BOX_STYLE = (
    "max-width: 60em; padding: 0.5em 1em; border: 1px solid var(--jp-border-color1, #8888); "
    "border-left: 4px solid var(--jp-brand-color1, #1976d2)"
)
_CODE_STYLE = "margin: 0 0 1em 1em; overflow-x: auto"


@dataclass(frozen=True, repr=False)
class ConnectHint:
    """How to connect: ``cause`` is what is missing, ``needs`` the credential that is needed.

    ``example_urls`` maps each service that can be connected to an example of the address that it needs, or to
    "" where it needs none. Of the environment ``variables``, one service needs all, several need any one.
    """

    cause: str
    needs: str
    example_urls: dict[str, str]
    variables: Sequence[str]

    def _repr_html_(self) -> str:
        variables = Markup(", ").join(map(render_code, self.variables))
        return render_panel(
            Markup("<p><b>{}</b></p>").format(self.cause),
            Markup("<p><b>{}</b> {}</p>").format(_TRY, _DEMO),
            render_code_block([_DEMO_CALL], _CODE_STYLE),
            Markup("<p><b>{}</b> {} {}</p>").format(_CONNECT, self.needs, self._prompt),
            render_code_block(self._connect_lines, _CODE_STYLE),
            Markup("<p>{} {}</p>").format(self._environment, variables),
            style=_BOX_STYLE,
        )

    def __repr__(self) -> str:
        lines = [
            self.cause,
            f"{_TRY} {_DEMO}",
            f"    {_DEMO_CALL}",
            f"{_CONNECT} {self.needs} {self._prompt}",
            *(f"    {line}" for line in self._connect_lines),
            f"{self._environment} {', '.join(self.variables)}",
        ]
        return "\n".join(lines)

    @property
    def _connect_lines(self) -> list[str]:
        calls = [
            f'pm.connect("{name}", {_url_prompt(url)}token=getpass("Credential: "))'
            for name, url in self.example_urls.items()
        ]
        return "\n".join(["from getpass import getpass", *calls]).splitlines()

    @property
    def _prompt(self) -> str:
        return _PROMPT if len(self.example_urls) == 1 else _PROMPT_OF_ONE

    @property
    def _environment(self) -> str:
        all_needed = "this" if len(self.variables) == 1 else "these"
        return _ENVIRONMENT.format(all_needed if len(self.example_urls) == 1 else "one of these")


def _url_prompt(url: str) -> str:
    # A prompt, since an example that is copied as it is would send the credential to somebody else's site.
    return f'url=input("Address, such as {url}: "),\n{" " * len("pm.connect(")}' if url else ""
