//go:build !purego

package kernel

// quantiseSigned is Set.Quantise with bytes as they are.
func quantiseSigned(q []byte, scales []float32, x []float32) { quantiseAVX2(q, scales, x, 0) }

// quantiseUnsigned is Set.Quantise with 128 added to each byte.
func quantiseUnsigned(q []byte, scales []float32, x []float32) {
	quantiseAVX2(q, scales, x, 0x80808080)
}

func quantiseAVX2(q []byte, scales []float32, x []float32, flip uint32) {
	multiple(len(x), Block)
	if n := len(x) / Block; n > 0 {
		quantiseAsm(&q[:len(x)][0], &scales[:n][0], &x[0], n, flip)
	}
}

// quantiseAsm is Set.Quantise on n > 0 blocks; every four bytes it writes are XORed with flip.
//
//go:noescape
func quantiseAsm(q *byte, scales, x *float32, n int, flip uint32)
