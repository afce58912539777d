"""Entries, explanations and proofs."""

from khata._khata import (
    Entry as Entry,
)
from khata._khata import (
    EntryAllocation as EntryAllocation,
)
from khata._khata import (
    ExplainedAllocation as ExplainedAllocation,
)
from khata._khata import (
    ExplainedItem as ExplainedItem,
)
from khata._khata import (
    Explanation as Explanation,
)
from khata._khata import (
    Fault as Fault,
)
from khata._khata import (
    SignedHead as SignedHead,
)
from khata._khata import (
    Verified as Verified,
)
