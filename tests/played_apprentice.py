"""Plays `python -m server.apprentice TURN distill FOLDER -o OUT ...` without teaching anything.

--examples 1 ends well at once, 2 fails with a sentence, 3 fails with none; without it goes on until it is
interrupted, and with `--recipe paper` also then.
"""

import contextlib
import json
import shutil
import signal
import sys
import time
from pathlib import Path

import yaml


def main(subject: Path, output: Path, options: dict[str, str]) -> int:
    if not output.exists():
        shutil.copytree(subject, output)
    if "--name" in options:
        manifest = output / "character_model.yaml"
        said = {**yaml.safe_load(manifest.read_text()), "name": options["--name"]}
        manifest.write_text(yaml.safe_dump(said))
    step = keep(output, 0)
    examples = options.get("--examples")
    if examples == "2":
        sys.stderr.write("step 1: 20 dB\nbunraku: There is no such teacher.\n")
        return 2
    if examples == "3":
        raise RuntimeError("a bug")
    (output / "samples.png").write_bytes((output / "character.png").read_bytes())
    while examples != "1":
        try:
            time.sleep(0.05)
            step = keep(output, step)
        except KeyboardInterrupt:
            if options["--recipe"] == "fast":
                return 130
    return 0


def keep(output: Path, step: int) -> int:
    """One step more than the last one that was kept, by this process or one before it."""
    path = output / "progress.json"
    with contextlib.suppress(OSError):
        step = json.loads(path.read_text())["step"]
    part = output / "progress.part"
    part.write_text(json.dumps({"phase": "body", "step": step + 1, "steps": 1000, "psnr": 31.5}))
    part.replace(path)
    (output / "training.pt").write_bytes(b"state")
    return step + 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _, command, subject, *rest = sys.argv[1:]
    assert command == "distill"
    # An option and its value are two words, or one with "=" between them.
    words = [word for one in rest for word in (one.split("=", 1) if one.startswith("--") else [one])]
    options = dict(zip(words[::2], words[1::2], strict=True))
    sys.exit(main(Path(subject), Path(options["-o"]), options))
