package f32

import "sync"

// BatchNorm holds the parameters of one BatchNorm1d layer for a range of rows,
// as torch.nn.BatchNorm1d defines them (ε = 1e-5, momentum 0.1, running
// variance unbiased).
type BatchNorm struct {
	Gamma, Beta          []float32
	RunMean, RunVar      []float32
	Mean, InvStd         []float32 // of the batch; written forward, read backward
	DGamma, DBeta        []float32 // written backward
	Eps, Momentum, Slope float32
}

// Forward normalises each row of z over its first batch columns and applies
// the leaky ReLU of slope Slope, and updates the running statistics:
//
//	xhat = (z − mean)/√(var + ε);  a = leaky(γ·xhat + β)
//
// xhat is kept in xhat for Backward; a is written to a, which may be z.
func (bn *BatchNorm) Forward(a, xhat, z []float32, rows, batch, ld int) {
	if rows == 0 || batch == 0 {
		return
	}
	buffer := squaresPool.Get().(*[squaresRows]float32)
	defer squaresPool.Put(buffer)
	for r := 0; r < rows; r += squaresRows {
		k := min(squaresRows, rows-r)
		part, squares, n := bn.rows(r, r+k), buffer[:k], (k-1)*ld+batch
		active.batchNormForward(part, squares, a[r*ld:][:n], xhat[r*ld:][:n], z[r*ld:][:n], batch, ld)
		part.updateRunning(squares, batch)
	}
}

// squaresRows is the number of rows that Forward normalises at once; it needs
// their sums of squares a moment longer.
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
	da = da[:rows*ld]
	if batch < ld {
		for r := range rows {
			clear(da[r*ld+batch : (r+1)*ld])
		}
	}
	if rows > 0 && batch > 0 {
		active.batchNormBackward(bn.rows(0, rows), da, xhat[:(rows-1)*ld+batch], batch, ld)
	}
}

// rows returns the parameters of rows [lo, hi).
func (bn *BatchNorm) rows(lo, hi int) BatchNorm {
	part := *bn
	for _, p := range []*[]float32{
		&part.Gamma, &part.Beta, &part.RunMean, &part.RunVar,
		&part.Mean, &part.InvStd, &part.DGamma, &part.DBeta,
	} {
		*p = (*p)[lo:hi]
	}
	return part
}
