"""The commands and their options, and what happens when we fail."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper

from skipgraph._version import __version__

CLEAN, FINDINGS, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 clean, 1 findings, 2 usage, 3 a fault of ours."""
    for stream in (sys.stdout, sys.stderr):
        # a file's name may be bytes that are no text, a terminal may not know a line of a table
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as exit:
        return int(exit.code or 0)
    try:
        with _quick():
            # Each command is a module, imported when it is run.
            code: int = import_module(f"skipgraph.cli.{arguments.command}").run(arguments)
        sys.stdout.flush()
        return code
    except Usage as error:
        print(f"skipgraph {arguments.command}: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception as error:
        return _our_fault(error)


@contextmanager
def _quick() -> Iterator[None]:
    """Within it, a short run takes four fifths of the time that it would take."""
    before = gc.get_threshold()
    # imports make many objects and little garbage
    gc.set_threshold(500_000, 20, 20)
    # pydantic looks for plugins, none of which we use, in every package that is installed
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Usage(Exception):
    """A command line that cannot be followed: why, in a sentence."""


def _our_fault(error: Exception) -> int:
    """Say what to send, without a traceback unless SKIPGRAPH_DEBUG asks for it."""
    if os.environ.get("SKIPGRAPH_DEBUG"):
        raise error
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if f"{os.sep}skipgraph{os.sep}" in code.co_filename:
            frames.append(f"{code.co_filename.rpartition(f'{os.sep}skipgraph{os.sep}')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    said = str(error).strip().split("\n")[0][:300]
    version = ".".join(map(str, sys.version_info[:3]))
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    print(
        f"error[SG901]: a fault of skipgraph itself, not of your spec: {what}\n"
        f"  = at {' < '.join(reversed(frames[-4:])) or 'an unknown place'}; "
        f"skipgraph {__version__}, Python {version}, {sys.platform}\n"
        "  = help: send these lines and the spec to the maintainers; SKIPGRAPH_DEBUG=1 shows the whole traceback",
        file=sys.stderr,
    )
    return FAULT


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="skipgraph",
        description="From a YAML spec of a network with skip connections to a checked, readable, drawn PyTorch module.",
        epilog="Exit codes: 0 clean, 1 findings, 2 usage, 3 a fault of skipgraph itself.",
    )
    top.add_argument("--version", action="version", version=f"skipgraph {__version__}")
    # with `prog` given, argparse need not measure the terminal
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="skipgraph")
    check = _command(commands, "check", "say what is wrong with specs, and what flows out of those that are right")
    check.add_argument("files", nargs="+", metavar="FILE", help="a spec, YAML or JSON")
    check.add_argument(
        "--format",
        choices=["text", "json", "sarif", "github"],
        default="text",
        help="text for people; one JSON list or SARIF log for all files; GitHub's workflow commands",
    )
    _spec_options(check)
    build = _command(commands, "build", "write the module's source, its drawing and the spec written out")
    _file(build)
    build.add_argument("-o", "--output", metavar="DIR", help="the folder to write into; default: the network's name")
    build.add_argument(
        "--emit", choices=["source", "spec", "svg", "summary"], help="print this one thing instead, and write nothing"
    )
    build.add_argument("--detail", action="store_true", help="in the table, show what blocks are made of")
    build.add_argument("--force", action="store_true", help="replace files that skipgraph did not write")
    build.add_argument(
        "--verify",
        action="store_true",
        help="also build the module, run it on meta tensors, compare every output's shape",
    )
    _spec_options(build)
    _render(commands)
    _watch(commands)
    why = _command(commands, "why", "tell how a step's shape came to be, back to the inputs")
    _file(why)
    why.add_argument("name", metavar="NAME", help="a step; one inside a block as `enc1.conv2d_0`")
    _spec_options(why)
    _diff(commands)
    init = _command(commands, "init", "start a spec of your own from one of the zoo")
    init.add_argument("name", metavar="NAME", help="such as unet; `skipgraph zoo` lists them")
    init.add_argument("-o", "--output", metavar="FILE", help="the file to write; default: NAME.yaml")
    init.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter's new default")
    zoo = _command(commands, "zoo", "list the specs that come with skipgraph, with their weights, MACs and contract")
    zoo.add_argument("words", nargs="*", metavar="WORD", help="only those that have every word in name or title")
    zoo.add_argument("--size", action="append", default=[], metavar="H=256,W=256", help="input sizes, for the MACs")
    zoo.add_argument("--format", choices=["text", "json"], default="text")
    _weights(commands)
    explain = _command(commands, "explain", "show the page of a finding's code")
    explain.add_argument("code", nargs="?", metavar="CODE", help="such as SG402; without it, all codes")
    ops = _command(commands, "ops", "list the ops, or show one op's page")
    ops.add_argument("name", nargs="?", metavar="NAME", help="such as Conv2d")
    ops.add_argument("--coverage", action="store_true", help="list every class of torch.nn: an op, or why it is none")
    schema = _command(commands, "schema", "print the JSON Schema of specs, for editors")
    schema.add_argument("-o", "--output", metavar="FILE", help="write it there")
    return top


def _diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    diff = _command(commands, "diff", "tell what differs between two specs, or what options change in one")
    diff.epilog = "Exit codes: 0 the same, 1 different, 2 not compared, 3 a fault of skipgraph itself."
    diff.add_argument("file", metavar="A", help="a spec, YAML or JSON")
    diff.add_argument(
        "other", nargs="?", metavar="B", help="another; without it, A under --set and --without against A without them"
    )
    diff.add_argument("--detail", action="store_true", help="also steps that differ only in shape or weights")
    diff.add_argument(
        "--format",
        choices=["text", "json", "svg", "png", "pdf", "tex"],
        help="a picture is one figure of both networks; default: text, or as OUT ends",
    )
    diff.add_argument("-o", "--output", metavar="OUT", help="a .txt, .json, .svg, .png, .pdf or .tex file to write")
    diff.add_argument(
        "--theme", choices=["auto", "light", "dark", "print"], help="of a picture; auto, for an svg alone"
    )
    diff.add_argument("--width", metavar="6.5in", help="of a picture, where it is printed; in, cm, mm, pt or px")
    diff.add_argument("--force", action="store_true", help="replace OUT if it is there")
    for side in "ab":
        diff.add_argument(
            f"--set-{side}", action="append", default=[], metavar="NAME=VALUE", help=f"a parameter of {side.upper()}"
        )
        diff.add_argument(
            f"--without-{side}", action="append", default=[], metavar="SKIP", help=f"leave a skip of {side.upper()} out"
        )
    _spec_options(diff)


def _render(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    render = _command(commands, "render", "draw the network")
    _file(render)
    render.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the file; its ending chooses among the formats below; `-` is stdout; default: the network's name + .svg",
    )
    render.add_argument(
        "--format",
        choices=["svg", "png", "pdf", "tex", "html", "dot", "txt", "mmd"],
        help="a picture, TikZ among them; a page for a browser; or text: dot, lines for a terminal, Mermaid",
    )
    render.add_argument(
        "--view",
        choices=["figure", "flow", "graphviz"],
        help="of a picture: as papers draw it (default), a row an op, or as Graphviz lays it out",
    )
    render.add_argument(
        "--detail",
        choices=["auto", "stages", "blocks", "ops"],
        default="auto",
        help="how far blocks are opened; with stages, runs of blocks alike are one box; auto: as far as it can be read",
    )
    render.add_argument(
        "--theme", choices=["auto", "light", "dark", "print"], help="of a picture; auto, for an svg alone"
    )
    render.add_argument("--width", metavar="6.5in", help="of a picture, where it is printed; in, cm, mm, pt or px")
    render.add_argument("--dpi", type=float, metavar="192", help="pixels per inch of a png")
    render.add_argument("--ascii", action="store_true", help="in txt, ASCII characters alone")
    _spec_options(render)


def _watch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    watch = _command(commands, "watch", "show the network in a browser, drawn anew at each save, findings beside it")
    _file(watch)
    watch.add_argument("--port", metavar="N", help="of 127.0.0.1; default: 7325, or if that is in use one that is free")
    watch.add_argument("--no-open", action="store_true", help="open no browser")
    _spec_options(watch)


def _weights(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands below `weights`."""
    weights = _command(commands, "weights", "put weights that exist into a spec's network")
    actions = weights.add_subparsers(dest="action", metavar="ACTION", required=True, prog="skipgraph weights")
    port = _command(
        actions, "port", "write the weights of a checkpoint under the keys of a spec, and say what went where"
    )
    port.add_argument("file", metavar="FILE", help="the weights, a safetensors file")
    port.add_argument("--to", required=True, metavar="SPEC", help="the spec that they are for")
    port.add_argument("-o", "--output", required=True, metavar="OUT", help="the .safetensors file to write")
    port.add_argument(
        "--from",
        dest="old",
        metavar="SPEC",
        help="the spec that FILE belongs to: other names pair by order of use, outputs are compared",
    )
    port.add_argument(
        "--rename", metavar="TABLE", help="a YAML or JSON mapping of old keys, or their beginnings, to new"
    )
    port.add_argument("--by", choices=["name", "order"], help="pair by this alone, the table aside")
    port.add_argument(
        "--partial", action="store_true", help="after an edit: what has no counterpart of its shape starts afresh"
    )
    port.add_argument("--force", action="store_true", help="replace OUT if it is there")
    port.add_argument("--format", choices=["text", "json"], default="text")
    port.add_argument(
        "--from-set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter's value in the spec of --from",
    )
    _spec_options(port)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help: str
) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=help, description=f"{help[:1].upper()}{help[1:]}.", allow_abbrev=False)


def _file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="a spec, YAML or JSON")


def _spec_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("the spec")
    group.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter's value, as YAML")
    group.add_argument("--without", action="append", default=[], metavar="SKIP", help="leave a skip out")
    group.add_argument("--size", action="append", default=[], metavar="H=256,W=256", help="input sizes it must run at")
    group.add_argument(
        "--extern",
        action="append",
        default=[],
        metavar="NAME=PACKAGE.MODULE:CLASS",
        help="a class from outside the spec",
    )
    group.add_argument(
        "--limit", action="append", default=[], metavar="NAME=NUMBER", help="a budget, such as nodes=1000000"
    )
    group.add_argument("--strict", action="store_true", help="warnings are errors")
