package app

import (
	"context"
	"errors"

	"sedlab/framework/cache"
)

// CacheEntries lists the trained priors and the cells of the cache. The error is about
// entries that cannot be read; the other entries are returned all the same.
func (a *App) CacheEntries(ctx context.Context) (list []cache.Info, err error) {
	c, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	list = []cache.Info{}
	for _, kind := range cache.Kinds() {
		for info, unread := range c.Entries(kind) {
			if unread != nil {
				err = errors.Join(err, unread)
				continue
			}
			list = append(list, info)
		}
	}
	return list, err
}

// CacheVerify compares everything in the cache with its checksum, and sets damaged items
// aside. After an error it goes on, and reports on the rest.
func (a *App) CacheVerify(ctx context.Context) (report *cache.Report, err error) {
	c, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.Verify(ctx)
}
