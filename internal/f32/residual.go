package f32

// Residual sets dx to the gradient by x of Σ weight[i]·(x[i] − y[i])² and returns
// that sum, added up in an order that depends on the length alone:
//
//	dx[i] = 2·weight[i]·(x[i] − y[i])
func Residual(dx, x, y, weight []float32) float32 { return chosen.Residual(dx, x, y, weight) }

func (k *kernels) Residual(dx, x, y, weight []float32) float32 {
	n := len(x)
	if n == 0 {
		return 0
	}
	return k.residual(dx[:n], x, y[:n], weight[:n])
}
