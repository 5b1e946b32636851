# Writes mixed.gguf: a model of the shape of Qwen3-Reranker with random weights, written by the gguf package, whose
# matrices are each in another format, as published files mix them.
#   pip install gguf==0.19.0 numpy==2.4.6 && python mixed.py mixed.gguf
# The package quantises the older formats; blocks of the others are random bits, scaled. What its dequantiser makes of each
# tensor is in the file as a hash: "test.tensors" has "NAME SHA256" of the float32 values.
import hashlib, sys
import gguf, numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T

LAYERS, HIDDEN, FFN, HEADS, KV, HEAD = 2, 256, 32, 2, 1, 32
random = np.random.default_rng(8)

# For formats that the package cannot quantise: where a block has its scale, where that of minima, and their ratio, which
# puts the values' mean near zero.
SCALED = {
    T.Q2_K: (80, 82, 1.5), T.Q3_K: (108, None, 0), T.Q4_K: (0, 2, 7.5), T.Q5_K: (0, 2, 15.5), T.Q6_K: (208, None, 0),
    T.IQ4_NL: (0, None, 0), T.IQ4_XS: (0, None, 0),
}


def quantised(kind, rows, cols, deviation):
    if kind not in SCALED:
        return gguf.quantize(random.normal(0, deviation, (rows, cols)).astype(np.float32), kind)
    block, size = GGML_QUANT_SIZES[kind]
    at, least, ratio = SCALED[kind]
    raw = random.integers(0, 256, (rows * cols // block, size), dtype=np.uint8)

    def scale(d):
        raw[:, at : at + 2] = np.frombuffer(np.float16(d).tobytes(), np.uint8)
        if least is not None:
            raw[:, least : least + 2] = np.frombuffer(np.float16(d * ratio).tobytes(), np.uint8)

    scale(1)
    scale(deviation / gguf.dequantize(raw, kind).std())
    return raw.reshape(rows, cols // block * size)


def vocabulary():
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    types = [3, 3, 3, 4, 4]
    hidden = 0x100  # byte-level BPE spells unprintable bytes as characters from U+0100 on
    for b in range(256):
        printable = 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b
        tokens.append(chr(b if printable else hidden))
        hidden += not printable
    tokens += ["ye", "yes", "no"]
    return tokens, types + [1] * (len(tokens) - len(types)), ["y e", "ye s", "n o"]


out = gguf.GGUFWriter(sys.argv[1], "qwen3")
out.add_name("mixed")
out.add_block_count(LAYERS)
out.add_context_length(1024)
out.add_embedding_length(HIDDEN)
out.add_feed_forward_length(FFN)
out.add_head_count(HEADS)
out.add_head_count_kv(KV)
out.add_key_length(HEAD)
out.add_value_length(HEAD)
out.add_rope_freq_base(10000)
out.add_layer_norm_rms_eps(1e-6)
tokens, types, merges = vocabulary()
out.add_tokenizer_model("gpt2")
out.add_tokenizer_pre("qwen2")
out.add_token_list(tokens)
out.add_token_types(types)
out.add_token_merges(merges)

hashes = []


def add(name, data, kind):
    values = gguf.dequantize(data, kind).astype("<f4")
    hashes.append(f"{name} {hashlib.sha256(values.tobytes()).hexdigest()}")
    out.add_tensor(name, data, raw_dtype=kind)


def norm(name, n):
    add(name, random.normal(1, 0.1, n).astype(np.float32), T.F32)


add("token_embd.weight", quantised(T.Q3_K, len(tokens), HIDDEN, 0.3), T.Q3_K)
norm("output_norm.weight", HIDDEN)
MATRICES = [("attn_q", HEADS * HEAD, HIDDEN), ("attn_k", KV * HEAD, HIDDEN), ("attn_v", KV * HEAD, HIDDEN),
            ("attn_output", HIDDEN, HEADS * HEAD), ("ffn_gate", FFN, HIDDEN), ("ffn_up", FFN, HIDDEN), ("ffn_down", HIDDEN, FFN)]
KINDS = [[T.Q4_K, T.Q5_K, T.Q6_K, T.Q4_0, T.Q2_K, T.IQ4_XS, T.Q5_0],
         [T.Q4_K, T.Q8_0, T.Q4_1, T.Q5_1, T.F16, T.BF16, T.IQ4_NL]]
for layer, kinds in enumerate(KINDS):
    prefix = f"blk.{layer}."
    for name, n in [("attn_norm", HIDDEN), ("ffn_norm", HIDDEN), ("attn_q_norm", HEAD), ("attn_k_norm", HEAD)]:
        norm(f"{prefix}{name}.weight", n)
    for (name, rows, cols), kind in zip(MATRICES, kinds):
        add(f"{prefix}{name}.weight", quantised(kind, rows, cols, 0.1), kind)
out.add_array("test.tensors", hashes)
out.write_header_to_file()
out.write_kv_data_to_file()
out.write_tensors_to_file()
out.close()
