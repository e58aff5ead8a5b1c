"""`python -m inspector` is `b2-inspector`."""

from inspector.cli.main import main

if __name__ == "__main__":
    main()
