"""`python -m vlmhb`."""

from vlmhb.cli import main

if __name__ == "__main__":
    main()
