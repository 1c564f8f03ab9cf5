"""`python -m threatsim`."""

from threatsim.cli import main

if __name__ == "__main__":
    main()
