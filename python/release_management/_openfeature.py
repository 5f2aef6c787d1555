"""A provider for `openfeature-sdk`, on :class:`release_management.flags.FlagClient`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode, ProviderNotReadyError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from .errors import TimedOut
from .flags import Change, FlagClient

_T = TypeVar("_T")
_Structure = Sequence[FlagValueType] | Mapping[str, FlagValueType]


class Provider(AbstractProvider):
    """Answers what the client answers, and tells OpenFeature of changes.

    ``api.set_provider(Provider(FlagClient(url, key)))``. Where it is shut down, it closes the client.

    :param ready_within: how many seconds ``initialize`` waits for flags; after that it is not ready, until they come
    """

    def __init__(self, client: FlagClient, *, ready_within: float = 10.0) -> None:
        super().__init__()
        self._client = client
        self._ready_within = ready_within
        self._was_stale = False
        self._end: Callable[[], None] | None = None

    def get_metadata(self) -> Metadata:
        return Metadata("tidegate")

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        if self._end is None:
            self._end = self._client.on_change(self._tell)
        try:
            self._client.ready(self._ready_within)
        except TimedOut as error:
            self._was_stale = True
            raise ProviderNotReadyError(error.detail) from None

    def shutdown(self) -> None:
        if self._end is not None:
            self._end()
            self._end = None
        self._client.close()

    def _tell(self, change: Change) -> None:
        if change.stale != self._was_stale:
            self._was_stale = change.stale
            if change.stale:
                self.emit_provider_stale(ProviderEventDetails(message=self._client.trouble))
            else:
                self.emit_provider_ready(ProviderEventDetails())
        if change.flags:
            self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=list(change.flags)))

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        return self._resolve(flag_key, "boolean", default_value, evaluation_context)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        return self._resolve(flag_key, "string", default_value, evaluation_context)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        return self._resolve(flag_key, "integer", default_value, evaluation_context)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        return self._resolve(flag_key, "float", default_value, evaluation_context)

    def resolve_object_details(
        self, flag_key: str, default_value: _Structure, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[_Structure]:
        return self._resolve(flag_key, "object", default_value, evaluation_context)

    def _resolve(
        self, key: str, kind: str, default: _T, context: EvaluationContext | None
    ) -> FlagResolutionDetails[_T]:
        subject = None if context is None else context.targeting_key
        attributes = cast("Mapping[str, Any]", {} if context is None else context.attributes)
        told = self._client.evaluate(key, kind, default, subject, attributes)
        return FlagResolutionDetails(
            value=told.value,
            error_code=None if told.error is None else ErrorCode(told.error),
            error_message=told.message if told.error else None,
            reason=Reason(told.reason),
            variant=told.variant,
            flag_metadata=dict(told.metadata),
        )


__all__ = ["Provider"]
