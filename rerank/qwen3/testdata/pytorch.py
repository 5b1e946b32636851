# Writes pytorch/: small Qwen3-Rerankers with random weights, saved by the transformers library as it saves any, and
# pytorch/logits.json: what PyTorch makes of some pairs with them, scored as the model card of Qwen3-Reranker does.
#   pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 safetensors==0.8.0 && python pytorch.py pytorch
# The models have the shape of the real ones on a small scale: heads of 128 numbers whatever the width, several query heads to
# a key head, norms of queries and keys. Matrices are stored in three types, and all is computed in float32. logits.json has
# the versions of the libraries and the hash of each file, so that a test knows what it compares with. The sentences are our own.
import hashlib, importlib.metadata, json, pathlib, sys
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM, Qwen3ForSequenceClassification

PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PREFIX = '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
INSTRUCT = "Given a web search query, retrieve relevant passages that answer the query"
PAIRS = [
    (INSTRUCT, "how long must an egg boil?", "Six minutes for a soft one, ten for a hard one."),
    (INSTRUCT, "how long must an egg boil?", "Hens lay eggs in the morning, and more of them in spring.\n"),
    (INSTRUCT, "\u706b\u8f66\u51e0\u70b9\u5230\uff1f", "  \u4eca\u5929\u7684\u706b\u8f66\u665a\u70b9\u4e86\u5341\u5206\u949f\u3002Cafe\u0301 at 7:45, it's open."),
    ("Is it about trains", "ferry", "The ferry leaves at 7:45, not at 8. " * 6),
    (INSTRUCT, "", ""),
]
# What the tokenizer is trained on: the prompt, and words of English.
TEXT = [PREFIX, SUFFIX, *(f"<Instruct>: {i}\n<Query>: {q}\n<Document>: {d}" for i, q, d in PAIRS)] * 2 + ["yes", "no"] * 20


def tokenizer():
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=340, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    t.add_special_tokens([AddedToken(name, normalized=False) for name in ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]])
    t.add_tokens([AddedToken(name, normalized=False) for name in ["<think>", "</think>"]])
    return PreTrainedTokenizerFast(tokenizer_object=t, pad_token="<|endoftext|>", eos_token="<|im_end|>", padding_side="left")


def model(words, vocabulary, seed, layers, hidden, heads, kv_heads, ffn, tied):
    torch.manual_seed(seed)
    m = Qwen3ForCausalLM(Qwen3Config(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=ffn, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_heads=kv_heads, head_dim=128, max_position_embeddings=1024, tie_word_embeddings=tied, use_sliding_window=False,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}, pad_token_id=words.pad_token_id, eos_token_id=words.eos_token_id))
    with torch.no_grad():
        for name, p in m.named_parameters():
            mean, deviation = (1, 0.1) if "norm" in name else (0, 0.3) if "embed" in name or "head" in name else (0, 0.15)
            torch.nn.init.normal_(p, mean, deviation)
    return m


def classifier(causal, words):
    yes, no = (causal.lm_head.weight[words.convert_tokens_to_ids(w)] for w in ("yes", "no"))
    settings = {k: v for k, v in causal.config.to_dict().items() if k not in ("id2label", "label2id", "architectures")}
    m = Qwen3ForSequenceClassification(Qwen3Config(**settings, num_labels=1))
    m.model.load_state_dict(causal.model.state_dict())
    with torch.no_grad():
        m.score.weight.copy_((yes - no)[None])
    return m


def encode(words):
    prefix, suffix = (words.encode(s, add_special_tokens=False) for s in (PREFIX, SUFFIX))
    return [prefix + words.encode(f"<Instruct>: {i}\n<Query>: {q}\n<Document>: {d}", add_special_tokens=False) + suffix for i, q, d in PAIRS]


# Reads a folder back as anybody would, and scores. Of the states after each layer, those at the last position are kept; the
# last of them has gone through the last norm.
@torch.no_grad()
def judge(folder, kind):
    words, m = AutoTokenizer.from_pretrained(folder), kind.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = encode(words)
    batch = words.pad({"input_ids": prompts}, padding=True, return_tensors="pt")
    out = m(**batch, output_hidden_states=True)
    if kind is AutoModelForSequenceClassification:
        logits = out.logits[:, 0]
    else:
        yes, no = words.convert_tokens_to_ids("yes"), words.convert_tokens_to_ids("no")
        logits = out.logits[:, -1, yes] - out.logits[:, -1, no]
    states = torch.stack(out.hidden_states[1:])[:, :, -1]
    return [
        {"instruct": i, "query": q, "document": d, "ids": ids, "logit": round(logit, 6),
         "states": [[round(x, 5) for x in layer] for layer in states[:, n].tolist()]}
        for n, ((i, q, d), ids, logit) in enumerate(zip(PAIRS, prompts, logits.tolist()))
    ]


words = tokenizer()
size = len(words)
root = pathlib.Path(sys.argv[1])
separate = model(words, size, 2, layers=2, hidden=64, heads=4, kv_heads=1, ffn=96, tied=False)
small = model(words, size, 3, layers=2, hidden=32, heads=4, kv_heads=2, ffn=64, tied=True)
MODELS = {
    # As the 0.6B. The matrix has more rows than the tokenizer has tokens, as those of most Qwen3 do.
    "tied": (model(words, size + 7, 1, layers=3, hidden=64, heads=2, kv_heads=1, ffn=96, tied=True), torch.float32, "10GB", AutoModelForCausalLM),
    # As the 8B.
    "sharded": (separate, torch.bfloat16, "150KB", AutoModelForCausalLM),
    "classifier": (classifier(small, words), torch.float16, "10GB", AutoModelForSequenceClassification),
}
version = importlib.metadata.version
report = {"versions": {p: version(p) for p in ["torch", "transformers", "tokenizers", "safetensors"]}, "models": {}}
for name, (m, dtype, shard, kind) in MODELS.items():
    folder = root / name
    m.to(dtype).save_pretrained(folder, max_shard_size=shard)
    words.save_pretrained(folder)
    hashes = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}
    report["models"][name] = {"sha256": hashes, "pairs": judge(folder, kind)}
(root / "logits.json").write_text(json.dumps(report, ensure_ascii=False) + "\n")
