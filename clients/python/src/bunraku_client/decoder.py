"""H.264 into pictures, by PyAV where it is installed: `pip install bunraku-client[video]`."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bunraku_client.errors import DecodeError
from bunraku_client.frame import STILL, Frame
from bunraku_client.welcome import Stream

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext


class Decoder:
    """Decodes the frames of a session, all of them and in order; raises `DecodeError` without PyAV."""

    def __init__(self) -> None:
        try:
            import av
        except ImportError:
            raise DecodeError("Decoding video needs PyAV: pip install 'bunraku-client[video]'.") from None
        self._av = av
        self._stream: Stream | None = None
        self._context: VideoCodecContext | None = None

    def decoded(self, frame: Frame) -> Frame:
        """The frame with its planes, from which `pixels` reads; a still picture as it is.

        Raises `DecodeError` for what is no H.264, or builds upon frames that were not given.
        """
        if frame.stream.codec in STILL:
            return frame
        if frame.stream is not self._stream:
            self._begin(frame.stream)
        return replace(frame, planes=self._planes(frame))

    def _begin(self, stream: Stream) -> None:
        context = self._av.CodecContext.create("h264", "r")
        # More threads would hold frames back.
        context.thread_count = 1
        self._stream, self._context = stream, context

    def _planes(self, frame: Frame) -> NDArray[np.uint8]:
        assert self._context is not None
        try:
            pictures = self._context.decode(self._av.Packet(frame.data))
        except self._av.error.FFmpegError as error:
            raise DecodeError(f"Frame {frame.number} is no H.264: {error.strerror}.") from error
        if len(pictures) != 1:
            raise DecodeError(f"Frame {frame.number} holds {len(pictures)} pictures.")
        return np.asarray(pictures[0].to_ndarray(), np.uint8)
