"""The ways of running a model that come with vlmhb, by the name a model file uses."""

BACKENDS = {
    "function": "vlmhb_worker.backends.function:Function",
    "model_interface": "vlmhb_worker.backends.model_interface_adapter:ModelInterfaceAdapter",
    "openai_api": "vlmhb_worker.backends.openai_api:OpenaiApi",
    "rapidocr": "vlmhb_worker.backends.rapidocr_v3:RapidOcrV3",
    "rapidocr_onnxruntime": "vlmhb_worker.backends.rapidocr_onnxruntime:RapidOcrV1",
    "sglang": "vlmhb_worker.backends.sglang:Sglang",
    "tesseract": "vlmhb_worker.backends.tesseract:Tesseract",
    "toy": "vlmhb_worker.backends.toy:ToyBackend",
    "transformers": "vlmhb_worker.backends.transformers:Transformers",
    "vllm": "vlmhb_worker.backends.vllm:Vllm",
}
"""Name -> `module:Class`, a subclass of `vlmhb_worker.backend.Backend`."""
