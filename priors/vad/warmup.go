package vad

// klWeight returns the weight of the Kullback-Leibler term in an epoch, from 1: it rises from 0 to
// 1, so that codes fit their signals before they are drawn to N(0, I) (Bowman et al. 2016,
// arXiv:1511.06349).
func (t *Training) klWeight(epoch int) float32 {
	if epoch > t.KLWarmup {
		return 1
	}
	return float32(epoch-1) / float32(t.KLWarmup)
}
