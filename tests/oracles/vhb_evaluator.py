"""VLMHyperBench's evaluator written afresh with the libraries that it uses."""

import io
from collections.abc import Collection

import jiwer
import pandas as pd
import sacrebleu


class Evaluator:
    """What `MetricEvaluator` 0.1.1 makes of an annotation.csv and a file of answers."""

    def __init__(
        self,
        annotation: bytes,
        answers: bytes,
        metrics: Collection[str] = ("WER", "CER", "BLEU"),
    ) -> None:
        self.metrics = metrics
        true = pd.read_csv(io.BytesIO(annotation), sep=";", encoding="utf-8-sig")
        given = pd.read_csv(io.BytesIO(answers), sep=";", encoding="utf-8-sig")
        true["id"] = true.index
        true = true[true["id"].isin(given["id"])].copy()
        true["answer"] = true["answer"].astype(str)
        given["model_answer"] = given["model_answer"].astype(str)
        self.merged = pd.merge(given, true, on="id", how="inner")

    def table(self, aggregator: str) -> pd.DataFrame:
        if aggregator == "by_id":
            rows = [self.figures(self.merged.iloc[[place]]) for place in range(len(self.merged))]
            return pd.concat([self.merged, pd.DataFrame(rows, index=self.merged.index)], axis=1)
        if aggregator == "general":
            return pd.DataFrame([self.figures(self.merged)])
        keys = ["doc_class"] if aggregator == "by_doc_type" else ["doc_class", "question_type"]
        return pd.DataFrame(
            [
                dict(zip(keys, group, strict=True)) | self.figures(members, "bleu_error")
                for group, members in self.merged.groupby(keys)
            ]
        )

    def figures(self, rows: pd.DataFrame, bleu: str = "bleu_score") -> dict[str, float]:
        targets, answers = rows["answer"].tolist(), rows["model_answer"].tolist()
        found = {}
        if "WER" in self.metrics:
            found["wer_error"] = jiwer.wer(targets, answers)
        if "CER" in self.metrics:
            found["cer_error"] = jiwer.cer(targets, answers)
        if "BLEU" in self.metrics:
            found[bleu] = sacrebleu.corpus_bleu(targets, [answers]).score
        return found

    def csv(self, aggregator: str) -> bytes:
        content = io.BytesIO()
        self.table(aggregator).to_csv(content, sep=";", encoding="utf-8-sig", index=False)
        return content.getvalue()
