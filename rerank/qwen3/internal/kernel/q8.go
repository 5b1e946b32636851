package kernel

import (
	"encoding/binary"
	"math"
)

// Block is how many numbers of a row share a scale, as in GGML's Q8_0.
const Block = 32

// A panel of weights in 8 bits is a run of blocks, one for every 32 numbers of its 16 columns:
//
//	[8][16][4] int8   four numbers of each column, as VPDPBUSD and its like take them
//	[16] float32      the columns' scales
//	[16] int32        -128 times the sum of each column's 32 numbers
//
// little-endian. Tiles that need unsigned activations add 128 to them and begin with the sums, which takes it off again.
const (
	blockBytes  = 640
	blockScales = 512
	blockSums   = 576
)

// Q8Rows are rows of activations in 8 bits, as a Set's Quantise writes them: LD bytes and LDScales scales apart.
type Q8Rows struct {
	Data         []byte
	Scales       []float32
	LD, LDScales int
}

// Q8Bytes is how many bytes n panels of k numbers a column take. k is a multiple of Block.
func Q8Bytes(n, k int) int { return n * k / Block * blockBytes }

// PackQ8 stores one row of a weight matrix, which is a column of the panels: signed bytes, and a scale for every Block of
// them. panels holds Q8Bytes(n, k) bytes for rows 0 to 16·n-1, of k numbers each.
func PackQ8(panels []byte, row int, numbers []byte, scales []float32) {
	k := len(numbers)
	column := row % Cols
	panel := panels[row/Cols*Q8Bytes(1, k):][:Q8Bytes(1, k)]
	for i, scale := range scales {
		block, own := panel[i*blockBytes:][:blockBytes], numbers[i*Block:][:Block]
		for j := 0; j < Block; j += 4 {
			binary.LittleEndian.PutUint32(block[j*Cols+4*column:], binary.LittleEndian.Uint32(own[j:]))
		}
		sum := int32(0)
		for _, x := range own {
			sum += int32(int8(x))
		}
		binary.LittleEndian.PutUint32(block[blockScales+4*column:], math.Float32bits(scale))
		binary.LittleEndian.PutUint32(block[blockSums+4*column:], uint32(-128*sum))
	}
}

// scaleOf reads the scale of a column from a block.
func scaleOf(block []byte, column int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(block[blockScales+4*column:]))
}
