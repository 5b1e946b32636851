# Writes blocks.json: random blocks of each format and what the reference dequantiser of the gguf package makes of them.
#   pip install gguf==0.19.0 numpy==2.4.6 && python blocks.py > blocks.json
# A block's bits are random; its scales and minima are those of SCALES, each finite: ordinary ones, zeros of both signs,
# the smallest and the largest subnormal, the largest magnitudes. Of many more blocks, and of plain numbers, there is a hash
# of the values: their bits are those of SHAKE128 of the format's name, with a scale's, or a plain number's, second highest bit
# cleared, so that all are finite.
import base64, hashlib, importlib.metadata, json
import gguf, numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T

# Where a block has its halves: scale, and the scale of minima where there is one.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "IQ4_NL": [0], "IQ4_XS": [0],
}
SCALES = [(0x2C4D, 0xA123), (0xB1F7, 0x2EEE), (0x0000, 0x8000), (0x8001, 0x03FF), (0x7BFF, 0xFBFF), (0xFBFF, 0x0001)]

random = np.random.default_rng(20)
formats = {}
for name, halves in HALVES.items():
    kind = T[name]
    blocks = random.integers(0, 256, (len(SCALES), GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    for block, scales in zip(blocks, SCALES):
        for at, scale in zip(halves, scales):
            block[at : at + 2] = np.frombuffer(np.uint16(scale).astype("<u2").tobytes(), np.uint8)
    values = gguf.dequantize(blocks, kind).astype("<f4")
    assert np.isfinite(values).all()
    formats[name] = {
        "blocks": base64.b64encode(blocks.tobytes()).decode(),
        "values": base64.b64encode(values.tobytes()).decode(),
    }
# The byte that has the second highest bit of a number.
PLAIN = {"F32": 3, "F16": 1, "BF16": 1}
MANY = 4096
many = {}
for name in [*PLAIN, *HALVES]:
    size = GGML_QUANT_SIZES[T[name]][1]
    blocks = np.frombuffer(hashlib.shake_128(name.encode()).digest(MANY * size), np.uint8).reshape(MANY, size).copy()
    for at in [PLAIN[name]] if name in PLAIN else [half + 1 for half in HALVES[name]]:
        blocks[:, at] &= 0xBF
    values = gguf.dequantize(blocks, T[name]).astype("<f4")
    assert np.isfinite(values).all()
    many[name] = hashlib.sha256(values.tobytes()).hexdigest()
version = importlib.metadata.version
print(json.dumps({"gguf": version("gguf"), "numpy": version("numpy"), "many": {"blocks": MANY, "sha256": many}, "formats": formats}, indent=1))
