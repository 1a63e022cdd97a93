package f32

import "sync"

// BatchNorm holds the parameters of a range of rows of one BatchNorm layer, as
// torch.nn.BatchNorm1d defines them. The running variance is unbiased.
type BatchNorm struct {
	Gamma, Beta          []float32
	RunMean, RunVar      []float32
	Mean, InvStd         []float32 // of the batch; written by Forward, read by Backward
	DGamma, DBeta        []float32 // written by Backward
	Eps, Momentum, Slope float32
}

// Forward normalises each row of z over its first batch columns, applies the
// leaky ReLU of slope Slope and updates the running statistics:
//
//	xhat = (z − mean)/√(var + ε);  a = leaky(γ·xhat + β)
//
// a may be z. Backward needs xhat.
func (bn *BatchNorm) Forward(a, xhat, z []float32, rows, batch, ld int) {
	chosen.BatchNormForward(bn, a, xhat, z, rows, batch, ld)
}

func (k *kernels) BatchNormForward(bn *BatchNorm, a, xhat, z []float32, rows, batch, ld int) {
	if rows == 0 || batch == 0 {
		return
	}
	buffer := squaresPool.Get().(*[squaresRows]float32)
	defer squaresPool.Put(buffer)
	for r := 0; r < rows; r += squaresRows {
		count := min(squaresRows, rows-r)
		part, squares, n := bn.Rows(r, r+count), buffer[:count], (count-1)*ld+batch
		k.batchNormForward(part, squares, a[r*ld:][:n], xhat[r*ld:][:n], z[r*ld:][:n], batch, ld)
		part.updateRunning(squares, batch)
	}
}

// squaresRows is the number of rows that Forward normalises at a time, because it
// buffers their sums of squares.
const squaresRows = 256

var squaresPool = sync.Pool{New: func() any { return new([squaresRows]float32) }}

// updateRunning moves the running statistics towards those of a batch with the
// given sums of squared deviations.
func (bn *BatchNorm) updateRunning(squares []float32, batch int) {
	for r, sq := range squares {
		bn.RunMean[r] += bn.Momentum * (bn.Mean[r] - bn.RunMean[r])
		bn.RunVar[r] += bn.Momentum * (sq/float32(batch-1) - bn.RunVar[r])
	}
}

// Backward turns da, the gradient of a, into dz, the gradient of z, in place,
// and sets DGamma and DBeta. Columns from batch to ld are set to zero.
//
//	dy = da · (γ·xhat+β > 0 ? 1 : slope)
//	dz = γ·invstd · (dy − mean(dy) − xhat·mean(dy·xhat))
func (bn *BatchNorm) Backward(da, xhat []float32, rows, batch, ld int) {
	chosen.BatchNormBackward(bn, da, xhat, rows, batch, ld)
}

func (k *kernels) BatchNormBackward(bn *BatchNorm, da, xhat []float32, rows, batch, ld int) {
	da = da[:rows*ld]
	if batch < ld {
		for r := range rows {
			clear(da[r*ld+batch : (r+1)*ld])
		}
	}
	if rows > 0 && batch > 0 {
		k.batchNormBackward(bn.Rows(0, rows), da, xhat[:(rows-1)*ld+batch], batch, ld)
	}
}

// Rows returns the parameters of rows [lo, hi), which share bn's memory.
func (bn *BatchNorm) Rows(lo, hi int) BatchNorm {
	part := *bn
	for _, p := range []*[]float32{
		&part.Gamma, &part.Beta, &part.RunMean, &part.RunVar,
		&part.Mean, &part.InvStd, &part.DGamma, &part.DBeta,
	} {
		*p = (*p)[lo:hi]
	}
	return part
}
