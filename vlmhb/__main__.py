"""`vlmhb` and `python -m vlmhb`."""

from vlmhb.system.early_signals import EARLY


def main() -> None:
    """Hear of signals first, and only then import what takes its time."""
    EARLY.hear()

    from vlmhb.cli import main as run  # noqa: PLC0415 - as said

    run()


if __name__ == "__main__":
    main()
