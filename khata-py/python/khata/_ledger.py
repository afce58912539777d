"""Entries, explanations and proofs."""

from khata._khata import (
    Entry,
    EntryAllocation,
    ExplainedAllocation,
    ExplainedItem,
    Explanation,
    Fault,
    SignedHead,
    Verified,
)

__all__ = [
    "Entry",
    "EntryAllocation",
    "ExplainedAllocation",
    "ExplainedItem",
    "Explanation",
    "Fault",
    "SignedHead",
    "Verified",
]
