"""What a notebook shows of a missing connection: the two ways on, above the one line of the error."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_DEMO = "pm.demo()"
_TRY = "Try it without an account: fictional data, from a server on your machine. Then run this cell again."
_CONNECT = "Or connect. This asks for the credential, so that it is not saved with the notebook:"
_VARIABLES = "Or set these in the environment, before Jupyter starts:"
# The front end's own colours, in its light form and its dark one.
_BOX = (
    "max-width: 50em; padding: 0.5em 1em; border: 1px solid var(--jp-border-color1, #8888); "
    "border-left: 4px solid var(--jp-brand-color1, #1976d2)"
)


@dataclass(frozen=True)
class WaysOn:
    """What to do about a missing connection: ``cause`` says what is missing, ``needs`` of what kind it is.

    ``urls`` are the services that can be connected, each with an example of the address that it needs, if it
    needs one; ``variables`` are those of the environment.
    """

    cause: str
    needs: str
    urls: dict[str, str]
    variables: Sequence[str]

    @property
    def lines(self) -> list[str]:
        """The lines of Python that connect."""
        calls = [
            f'pm.connect("{name}"{f", url={url!r}" if url else ""}, token=getpass("Credential: "))'
            for name, url in self.urls.items()
        ]
        return ["from getpass import getpass", "", *calls]

    def as_html(self) -> str:
        """Write them so that they can be read in any front end, with or without its style."""
        needs = f"<p>{escape(self.needs)}</p>" if self.needs else ""
        return (
            f'<div class="mathjax_ignore tex2jax_ignore" style="{_BOX}">'
            f"<p><b>{escape(self.cause)}</b></p>"
            f"<p>{_TRY}</p>{_code([_DEMO])}<p>{_CONNECT}</p>{_code(self.lines)}{needs}"
            f"<p>{_VARIABLES} {', '.join(f'<code>{escape(one)}</code>' for one in self.variables)}</p></div>"
        )

    def as_text(self) -> str:
        """Write them for a front end that shows no HTML."""
        parts = [self.cause, _TRY, _indented([_DEMO]), _CONNECT, _indented(self.lines), self.needs]
        return "\n".join([*filter(None, parts), f"{_VARIABLES} {', '.join(self.variables)}"])


def _code(lines: Sequence[str]) -> str:
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines if line)
