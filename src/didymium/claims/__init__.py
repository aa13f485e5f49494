"""Claims as records: read them, check them against the world, say why.

- :func:`load_claims`: a YAML file of claims as fields, read strictly.
- :func:`check`, :func:`check_file`: verdict, evidence, tolerance, reasoning and what is missing.
- :func:`explain`: a finding in words, from one catalogue per language.
- :func:`core_claims_path`: the 32 core claims of two articles, shipped as records.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from didymium.claims.check import check, check_claims, check_file
from didymium.claims.record import Claim, ClaimFile, load_claims, parse_claims
from didymium.claims.verdict import (
    Attainable,
    Evidence,
    Finding,
    Findings,
    Reason,
    Relation,
    Stated,
    Tolerance,
    Verdict,
)
from didymium.claims.vocabulary import vocabulary
from didymium.claims.words import explain, languages, phrase, verdict_words, words

__all__ = [
    "Attainable",
    "Claim",
    "ClaimFile",
    "Evidence",
    "Finding",
    "Findings",
    "Reason",
    "Relation",
    "Stated",
    "Tolerance",
    "Verdict",
    "check",
    "check_claims",
    "check_file",
    "core_claims_path",
    "explain",
    "languages",
    "load_claims",
    "parse_claims",
    "phrase",
    "sample_claims_path",
    "verdict_words",
    "vocabulary",
    "words",
]


def core_claims_path() -> Path:
    """The file of the 32 core claims of two articles."""
    return Path(str(files("didymium.claims").joinpath("records", "two_articles.yaml")))


def sample_claims_path() -> Path:
    """A short file of claims to copy."""
    return Path(str(files("didymium.claims").joinpath("records", "sample.yaml")))
