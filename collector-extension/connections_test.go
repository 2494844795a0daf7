package mockforgeextension

import "testing"

// While recordings are written, whoever steers has a connection that nobody else has, where there are enough for that.
func TestConnectionsAreDividedSoThatNobodyWhoSteersWaits(t *testing.T) {
	for most, want := range map[int][3]int{
		2: {1, 0, 1}, 3: {1, 1, 1}, 4: {2, 1, 1}, 5: {2, 2, 1}, 6: {3, 2, 2}, 7: {3, 3, 2}, 20: {10, 9, 2}, 1000: {500, 499, 2},
	} {
		s := StorageConfig{DSN: "postgres://db/mockforge", MaxConnections: most}
		writing, searching := s.connections()
		if got := [3]int{writing, searching, s.writers()}; got != want {
			t.Errorf("of %d connections %d are for writing, %d for searching, and %d write at once; want %v", most, got[0], got[1], got[2], want)
		}
		if writing+searching+1 > most {
			t.Errorf("%d connections are divided into %d, %d and one that listens", most, writing, searching)
		}
	}
}
