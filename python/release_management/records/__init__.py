"""What Tidegate answers with.

A record is a read-only mapping of what the server said, with its fields as attributes too, so that
``pandas.DataFrame(rm.releases())`` works and ``release.version`` does. A time ``created_ms`` is also there as a
``datetime``: ``release.created``. Shares of traffic are basis points (10000 is all). A field that an older or newer
server does not know is passed over or passed on.
"""

from __future__ import annotations

from ._configuration import (
    Applied,
    ComplianceGates,
    Pipeline,
    RollbackStrategy,
    SampleMade,
    Strategy,
)
from ._flags import (
    Flag,
    FlagChange,
    FlagDifference,
    FlagEnvironment,
    FlagEvaluation,
    FlagExposure,
    FlagExposurePoint,
    FlagKey,
    FlagNotImported,
    FlagProposal,
    FlagServed,
    FlagsImported,
)
from ._gates import (
    CalendarEntry,
    Evidence,
    EvidenceList,
    EvidenceShown,
    Finding,
    Gate,
    Gates,
    ReportedFinding,
    Review,
    Waiver,
)
from ._inbound import (
    Firing,
    Inbound,
)
from ._looking import (
    Audit,
    AuditLine,
    CheckpointSent,
    CheckpointState,
    Drift,
    Environment,
    EnvironmentDiff,
    EnvironmentDifference,
    EnvironmentDrift,
    Event,
    Health,
    Instance,
    LogLine,
    Proof,
    Retention,
    Slot,
    Why,
    WrittenValue,
)
from ._people import (
    Person,
    Token,
)
from ._record import (
    Record,
    Records,
)
from ._releases import (
    Artifact,
    PlannedDeployment,
    PlannedLeg,
    Refusal,
    Release,
    RollbackTrigger,
    Standing,
)
from ._rollouts import (
    Deployment,
    Hold,
    Judgement,
    Leg,
    Rollout,
    Sample,
    Step,
)
from ._secrets import (
    Secret,
)
from ._webhooks import (
    Delivery,
    Webhook,
    WebhookTested,
)

__all__ = [
    "Applied",
    "Artifact",
    "Audit",
    "AuditLine",
    "CalendarEntry",
    "CheckpointSent",
    "CheckpointState",
    "ComplianceGates",
    "Delivery",
    "Deployment",
    "Drift",
    "Environment",
    "EnvironmentDiff",
    "EnvironmentDifference",
    "EnvironmentDrift",
    "Event",
    "Evidence",
    "EvidenceList",
    "EvidenceShown",
    "Finding",
    "Firing",
    "Flag",
    "FlagChange",
    "FlagDifference",
    "FlagEnvironment",
    "FlagEvaluation",
    "FlagExposure",
    "FlagExposurePoint",
    "FlagKey",
    "FlagNotImported",
    "FlagProposal",
    "FlagServed",
    "FlagsImported",
    "Gate",
    "Gates",
    "Health",
    "Hold",
    "Inbound",
    "Instance",
    "Judgement",
    "Leg",
    "LogLine",
    "Person",
    "Pipeline",
    "PlannedDeployment",
    "PlannedLeg",
    "Proof",
    "Record",
    "Records",
    "Refusal",
    "Release",
    "ReportedFinding",
    "Retention",
    "Review",
    "RollbackStrategy",
    "RollbackTrigger",
    "Rollout",
    "Sample",
    "SampleMade",
    "Secret",
    "Slot",
    "Standing",
    "Step",
    "Strategy",
    "Token",
    "Waiver",
    "Webhook",
    "WebhookTested",
    "Why",
    "WrittenValue",
]
