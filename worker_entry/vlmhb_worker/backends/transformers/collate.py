"""Several prepared requests as one batch: text padded on the left, pictures one after the other."""

from typing import Any, Dict, Sequence

TEXT = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})
"""One number per position of the text; everything else belongs to the pictures."""


def collate(rows: Sequence[Dict[str, Any]], pad_id: int) -> Dict[str, Any]:
    """The tensors of all rows, as `generate` takes them.

    Args:
        rows: tensors of each request, first dimension 1 for text, pictures otherwise. Rows without
            pages have none for pictures: models look for pages where the text has marks.
        pad_id: what stands left of a shorter prompt; masked, so that it is never seen.
    """
    if len(rows) == 1:
        return dict(rows[0])
    batch = {}
    for name in sorted({name for row in rows for name in row}):
        tensors = [row[name] for row in rows if name in row]
        if name in TEXT:
            batch[name] = _pad_left(tensors, pad_id if name == "input_ids" else 0)
        else:
            batch[name] = _stack(tensors)
    return batch


def _pad_left(tensors: Sequence[Any], value: int) -> Any:
    """Shape (rows, longest)."""
    longest = max(tensor.shape[1] for tensor in tensors)
    batch = tensors[0].new_full((len(tensors), longest), value)
    for row, tensor in enumerate(tensors):
        batch[row, longest - tensor.shape[1] :] = tensor[0]
    return batch


def _stack(tensors: Sequence[Any]) -> Any:
    """All rows of all tensors; where they differ in a later dimension, zeros at its end."""
    import torch

    shapes = {tensor.shape[1:] for tensor in tensors}
    if len(shapes) == 1:
        return torch.cat(list(tensors))
    largest = [max(sizes) for sizes in zip(*shapes)]
    rows = sum(tensor.shape[0] for tensor in tensors)
    batch = tensors[0].new_zeros((rows, *largest))
    row = 0
    for tensor in tensors:
        end = row + tensor.shape[0]
        batch[(slice(row, end), *(slice(0, size) for size in tensor.shape[1:]))] = tensor
        row = end
    return batch
