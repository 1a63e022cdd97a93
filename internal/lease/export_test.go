package lease

// Die ends the work of the holder as its death would: nothing more is written, and nothing is
// given back.
func (l *Lease) Die() {
	close(l.end)
	l.ended.Wait()
	own.Delete(l.file)
}

// Known returns the number of leases that were seen and are not forgotten.
func Known(s *Sightings) int { return len(s.seen) }
