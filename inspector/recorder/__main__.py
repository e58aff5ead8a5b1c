"""`python -m inspector.recorder`: the writer process. Started by the proxy, never by hand."""

from inspector.recorder.process import main

if __name__ == "__main__":
    main()
