package lease

// Die ends the work of the holder as its death would: nothing more is written, and nothing is
// given back.
func (l *Lease) Die() {
	close(l.end)
	l.ended.Wait()
	own.Delete(l.file)
}
