# Writes into a folder what the Hugging Face tokenizers make of every text of some test collections, with Qwen3's vocabulary:
# tokenizer.json, as its authors publish it, and lines.jsonl, for each text its language and its tokens.
#   pip install tokenizers==0.23.3 && python lines.py DATA OUT
# DATA has qwen/qwen.tiktoken, the list of byte sequences by rank that the model's authors publish, and collections in BEIR's
# layout (corpus.jsonl, queries.jsonl, and a file lang where that is not English). Texts are titles, bodies, both with a line
# end between, and queries, each once. So is every character of Unicode in a few surroundings, under the language "*".
# Then QUERN_TOKENS=OUT go test -run Lines ./rerank/internal/vocab/ compares.
import base64, json, pathlib, sys
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CONTROL = """<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|> <|box_start|> <|box_end|> <|quad_start|>
<|quad_end|> <|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|>""".split()
OTHERS = """<tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|> <|repo_name|> <|file_sep|>
<tool_response> </tool_response> <think> </think>""".split()


def read_ranks(path):
    with open(path, "rb") as lines:
        return {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}


# The two parts that a token was last joined from: what all tokens of lower rank leave of it.
def parts(ranks, token):
    pieces = [token[i : i + 1] for i in range(len(token))]
    while len(pieces) > 2:
        rank, at = min((ranks.get(a + b, len(ranks)), i) for i, (a, b) in enumerate(zip(pieces, pieces[1:])))
        assert rank < ranks[token]
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces


def tokenizer(ranks):
    letters = {}
    hidden = 0x100  # byte-level BPE spells unprintable bytes as characters from U+0100 on
    for b in range(256):
        printable = 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b
        letters[b] = chr(b if printable else hidden)
        hidden += not printable
    spell = lambda token: "".join(letters[b] for b in token)
    order = sorted(ranks, key=ranks.get)
    merges = [tuple(map(spell, parts(ranks, token))) for token in order if len(token) > 1]
    t = Tokenizer(models.BPE({spell(token): rank for token, rank in ranks.items()}, merges, continuing_subword_prefix="", end_of_word_suffix=""))
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
    t.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    t.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    return t


def texts(data):
    seen = set()
    for folder in sorted(data.iterdir()):
        lang = (folder / "lang").read_text().strip() if (folder / "lang").exists() else "en"
        for name in "corpus.jsonl", "queries.jsonl":
            if not (folder / name).exists():
                continue
            with open(folder / name) as records:
                for record in map(json.loads, records):
                    title, body = record.get("title", ""), record["text"]
                    for text in title, body, title + "\n" + body:
                        if text.strip() and text not in seen:
                            seen.add(text)
                            yield lang, text


def characters():
    for c in map(chr, range(0x110000)):
        if not 0xD800 <= ord(c) < 0xE000:
            yield "*", f"a{c}b {c}{c} 1{c}\n{c}'{c}"


data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
t = tokenizer(read_ranks(data / "qwen" / "qwen.tiktoken"))
with open(out / "lines.jsonl", "w") as lines:
    for source in texts(data), characters():
        for lang, text in source:
            print(json.dumps({"lang": lang, "text": text, "ids": t.encode(text).ids}, separators=(",", ":")), file=lines)
t.add_special_tokens([AddedToken(name, normalized=False) for name in CONTROL])
t.add_tokens([AddedToken(name, normalized=False) for name in OTHERS])
t.save(str(out / "tokenizer.json"))
print("written by Hugging Face tokenizers", tokenizers.__version__)
