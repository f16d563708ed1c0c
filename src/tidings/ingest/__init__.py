"""Wire formats: what SDKs send, translated into records. Pure; one file a format."""

from tidings.ingest.request import Answer, Keys, Refused, Request

__all__ = ["Answer", "Keys", "Refused", "Request"]
