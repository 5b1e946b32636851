# Writes blocks.json: random blocks of each format and what the reference dequantiser of the gguf package makes of them.
#   pip install gguf==0.19.0 numpy==2.4.6 && python blocks.py > blocks.json
# A block's bits are random; its scales and minima are those of SCALES, each finite: ordinary ones, zeros of both signs,
# the smallest and the largest subnormal, the largest magnitudes.
import base64, importlib.metadata, json
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
version = importlib.metadata.version
print(json.dumps({"gguf": version("gguf"), "numpy": version("numpy"), "formats": formats}, indent=1))
