"""What must not be printed."""

from vlmhb.system.secret_variables import secret_values


def test_values_of_variables_that_are_called_secret_are_hidden():
    variables = {
        "HF_TOKEN": "hf_a",
        "OPENAI_API_KEY": "sk-b",
        "DB_PASSWORD": "c",
        "TOKENIZERS_CACHE": "/data/tokenizers",
        "MONKEY": "d",
        "WANDB_SECRET": "",
    }

    assert ("hf_a", "sk-b", "c") == secret_values(variables)
