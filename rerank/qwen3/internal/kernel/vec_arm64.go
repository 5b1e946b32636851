//go:build !purego

package kernel

// quantise is Set.Quantise, with bytes as they are.
func quantise(q []byte, scales []float32, x []float32) {
	multiple(len(x), Block)
	if n := len(x) / Block; n > 0 {
		quantiseAsm(&q[:len(x)][0], &scales[:n][0], &x[0], n)
	}
}

// quantiseAsm is Set.Quantise on n > 0 blocks.
//
//go:noescape
func quantiseAsm(q *byte, scales, x *float32, n int)
