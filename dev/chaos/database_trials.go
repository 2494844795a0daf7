package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// exact is the promise of most trials of the recorder.
const exact = "traffic is answered all the while; each exchange is stored once, none is lost"

func databaseTrials() []trial {
	fault := func(name, done string, harm, mend func(context.Context, *stage, *database) error) trial {
		return trial{group: "PostgreSQL", name: name, done: done, promised: exact, run: func(ctx context.Context, s *stage) {
			d, c := s.recording(ctx, options{})
			l := s.load(ctx, c, loadOptions{name: "away"})
			s.more(ctx, l, 300)
			s.must(harm(ctx, s, d))
			s.more(ctx, l, 1500)
			s.must(mend(ctx, s, d))
			s.more(ctx, l, 300)
			l.end()
			s.settle(ctx, c, d, l)
			s.unharmed(l)
			s.spooled(ctx, c)
		}}
	}
	sql := func(statements ...string) func(context.Context, *stage, *database) error {
		return func(ctx context.Context, _ *stage, d *database) error { return d.do(ctx, statements...) }
	}
	return []trial{
		fault("killed", "`kill -9` of PostgreSQL under load, started again 1,500 exchanges later",
			func(_ context.Context, _ *stage, d *database) error { return d.kill() },
			func(ctx context.Context, _ *stage, d *database) error { return d.back(ctx) }),
		fault("frozen", "SIGSTOP of all its processes for 1,500 exchanges, then SIGCONT",
			func(ctx context.Context, _ *stage, d *database) error { return d.freeze(ctx) },
			func(ctx context.Context, _ *stage, d *database) error { return d.thaw(ctx) }),
		{
			group: "PostgreSQL", name: "slow", promised: exact + ": batches become as small as it takes",
			done: "a trigger takes 50 ms for each row, 20 rows a second; 400 exchanges, statements time out after 3 s",
			run:  slow, limit: 3 * time.Minute,
		},
		fault("full", "no space is left where its tables are (SQLSTATE 53100) for 1,500 exchanges", fill, unfill),
		fault("read-only", "it is a standby for 1,500 exchanges, as in a failover, then promoted",
			func(ctx context.Context, _ *stage, d *database) error { return d.readOnly(ctx) },
			func(ctx context.Context, _ *stage, d *database) error { return d.writable(ctx) }),
		fault("password changed", "another password, all connections ended, and the old one again 1,500 exchanges later",
			func(ctx context.Context, _ *stage, d *database) error {
				return reconnect(ctx, d, "ALTER ROLE collector PASSWORD 'chaos-two'")
			}, sql("ALTER ROLE collector PASSWORD '"+secret+"'")),
		fault("table missing", "`recorded_requests` renamed for 1,500 exchanges",
			sql("ALTER TABLE recorded_requests RENAME TO recorded_requests_gone"),
			sql("ALTER TABLE recorded_requests_gone RENAME TO recorded_requests")),
		fault("connections exhausted", "no connection is granted any more (SQLSTATE 53300), all ended, for 1,500 exchanges",
			func(ctx context.Context, _ *stage, d *database) error {
				return reconnect(ctx, d, "ALTER ROLE collector CONNECTION LIMIT 0")
			}, sql("ALTER ROLE collector CONNECTION LIMIT -1")),
		{
			group: "PostgreSQL", name: "away from the start", promised: exact,
			done: "the Collector is started without PostgreSQL, which comes 500 exchanges later", run: awayFromTheStart,
		},
	}
}

func reconnect(ctx context.Context, d *database, statement string) error {
	if err := d.do(ctx, statement); err != nil {
		return err
	}
	return d.disconnect(ctx)
}

// spooled notes how many recordings have passed through the disk.
func (s *stage) spooled(ctx context.Context, c *collector) {
	n, err := probe.Metric(ctx, c.metrics, "mockforge_recorder_spooled_total")
	s.must(err)
	s.saw("%.0f by way of the spool", n)
}

func slow(ctx context.Context, s *stage) {
	d := s.database(ctx)
	c := s.collector(ctx, options{dsn: fmt.Sprintf("%s&statement_timeout=%d", d.dsn, statementLimit.Milliseconds())})
	s.ready(ctx, c)
	s.must(d.do(ctx,
		"CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$",
		"CREATE TRIGGER linger BEFORE INSERT ON recorded_requests FOR EACH ROW EXECUTE FUNCTION linger()"))
	l := s.load(ctx, c, loadOptions{name: "slow"})
	s.more(ctx, l, 400)
	l.end()
	s.settle(ctx, c, d, l)
	s.unharmed(l)
	s.spooled(ctx, c)
}

// fill leaves no space for the tables: on a file system of a few MiB where the suite may make one, else by a trigger that
// says so.
func fill(ctx context.Context, s *stage, d *database) error {
	directory, err := s.smallDisk(filepath.Join(d.server.Directory(), "data"), 32<<20)
	if err != nil {
		s.saw("by a trigger, since no small file system could be made: %v", err)
		return d.do(ctx,
			"CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$",
			"CREATE TRIGGER full BEFORE INSERT ON recorded_requests FOR EACH ROW EXECUTE FUNCTION full()")
	}
	s.saw("on a file system of 32 MiB")
	if err := d.do(ctx,
		"CREATE TABLESPACE small LOCATION '"+directory+"'",
		"ALTER TABLE recorded_requests_"+today()+" SET TABLESPACE small"); err != nil {
		return err
	}
	return fillUp(filepath.Join(filepath.Dir(directory), "filler"))
}

func unfill(ctx context.Context, s *stage, d *database) error {
	if s.disk == "" {
		return d.do(ctx, "DROP TRIGGER full ON recorded_requests")
	}
	return os.Remove(filepath.Join(s.disk, "filler"))
}

func today() string { return time.Now().UTC().Format("20060102") }

// fillUp writes a file until there is no space.
func fillUp(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	block := make([]byte, 4096)
	for range 1 << 16 {
		if _, err := file.Write(block); err != nil {
			return nil // that is what it is for
		}
	}
	return fmt.Errorf("%s does not fill up", path)
}

func awayFromTheStart(ctx context.Context, s *stage) {
	d := s.database(ctx)
	s.must(d.kill())
	c := s.collector(ctx, options{dsn: d.dsn})
	l := s.load(ctx, c, loadOptions{name: "before"})
	s.more(ctx, l, 500)
	s.must(d.back(ctx))
	s.more(ctx, l, 200)
	l.end()
	s.settle(ctx, c, d, l)
	s.unharmed(l)
}
