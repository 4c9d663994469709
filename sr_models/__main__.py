"""`python -m sr_models` is `sr-models`."""

from sr_models.cli import main

if __name__ == "__main__":
    main()
