"""Tiny tokenizers in the form of published ones, and what transformers makes of texts with them.

`python test/parity/make-tokenizers.py` with transformers 5.18.0 writes test/fixtures/tokenizers/NAME: the tokenizer, and
texts with their ids in expected.json.
"""
import json
import pathlib

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "tokenizers"
TEXTS = ["", "hi", "for (let i = 0; i < 12345; i++)", "the cat\n\nsat  on the mat", "naïve 日本"]
LEARNED = ["the cat sat on the mat", "for (let i = 0; i < 10; i++) { hi the }"]

LLAMA_3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def begins_with(token, id):
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, id)]
    )


def llama_3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA_3_WORDS), "isolated"), byte_level]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=270, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(LEARNED, trainer)
    bos, end = "<|begin_of_text|>", "<|end_of_text|>"
    tokenizer.add_special_tokens([bos, end])
    framed = begins_with(bos, tokenizer.token_to_id(bos))
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), framed])
    return tokenizer, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=bos, eos_token=end)


def llama_2():
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    letters = sorted(set("▁" + "".join(LEARNED).replace(" ", "")))
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("a", "t"), ("▁", "h"), ("▁h", "i")]
    tokens = ["<unk>", "<s>", "</s>", *bytes_, *letters, *(left + right for left, right in merges)]
    vocab = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = begins_with("<s>", 1)
    # PreTrainedTokenizerFast reads the file as it is; transformers' own class for Llama would make another normalizer
    return tokenizer, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def gpt_2_with_bos(folder):
    """Vocabulary and merges in files of their own, as OPT is published: only tokenizer_config.json tells of the first token."""
    vocab = {symbol: id for id, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocab |= {"he": 256, "</s>": 257}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\nh e\n")
    config = dict(tokenizer_class="GPT2Tokenizer", add_bos_token=True)
    return config | {role: "</s>" for role in ("bos_token", "eos_token", "unk_token")}


def write(name, make):
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    if make is gpt_2_with_bos:
        config = make(folder)
    else:
        tokenizer, config = make()
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    theirs = AutoTokenizer.from_pretrained(folder)
    expected = [dict(text=text, ids=theirs(text)["input_ids"]) for text in TEXTS]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")
    print(name, expected[1])


if __name__ == "__main__":
    for name, make in {"llama-3": llama_3, "llama-2": llama_2, "gpt-2-with-bos": gpt_2_with_bos}.items():
        write(name, make)
