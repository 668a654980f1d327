"""RapidOCR 1: PP-OCRv4, mobile detector and recogniser."""

from typing import Any, ClassVar, Dict, Iterable

from vlmhb_worker.backends.rapidocr_engine import Found, RapidOcrEngine


class RapidOcrV1(RapidOcrEngine):
    """The package `rapidocr-onnxruntime`, whose options are spelled like `det_limit_side_len`."""

    package = "rapidocr_onnxruntime"
    weights: ClassVar[Dict[str, str]] = {
        "det_model_path": "ch_PP-OCRv4_det_infer.onnx",
        "cls_model_path": "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        "rec_model_path": "ch_PP-OCRv4_rec_infer.onnx",
    }
    threads_option = "intra_op_num_threads"

    def make_engine(self, options: Dict[str, Any]) -> Any:
        """RapidOCR with these options."""
        from rapidocr_onnxruntime import RapidOCR

        return RapidOCR(**options)

    def find(self, pixels: Any) -> Iterable[Found]:
        """Boxes and texts; none for an empty page."""
        found, _ = self.engine(pixels)
        return [(corners, text) for corners, text, _ in found or []]
