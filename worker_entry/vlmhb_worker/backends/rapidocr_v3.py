"""RapidOCR 3: PP-OCRv6, small detector and recogniser."""

from typing import Any, ClassVar, Dict, Iterable

from vlmhb_worker.backends.rapidocr_engine import Found, RapidOcrEngine


class RapidOcrV3(RapidOcrEngine):
    """The package `rapidocr`, whose options are spelled like `Det.limit_side_len`."""

    package = "rapidocr"
    weights: ClassVar[Dict[str, str]] = {
        "Det.model_path": "PP-OCRv6_det_small.onnx",
        "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
        "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    }
    threads_option = "EngineConfig.onnxruntime.intra_op_num_threads"

    def make_engine(self, options: Dict[str, Any]) -> Any:
        """RapidOCR that reports errors only: it warns of every page without text."""
        from rapidocr import RapidOCR

        return RapidOCR(params={"Global.log_level": "error", **options})

    def find(self, pixels: Any) -> Iterable[Found]:
        """Boxes and texts; none for an empty page."""
        output = self.engine(pixels)
        if output.boxes is None or output.txts is None:
            return []
        return zip(output.boxes.tolist(), output.txts)
