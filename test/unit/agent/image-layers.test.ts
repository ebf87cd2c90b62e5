/** Layers of images: read from Docker's two answers, asked for seldom, told within bounds. */
import { describe, expect, it } from '@jest/globals';
import { boundLayers, MOST, readImageLayers } from '../../../agent/images/layers.ts';
import { createImageLoop } from '../../../agent/loops/images.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const image = { Id: digest('f'), Size: 300, RootFS: { Layers: [digest('a'), digest('b')] } };

describe('the layers of an image', () => {
  it('get their bytes from the history, whose steps that wrote nothing count where they match', () => {
    const steps = [{ Size: 0 }, { Size: 20 }, { Size: 0 }, { Size: 280 }];
    expect(readImageLayers(image, steps)).toEqual({
      id: digest('f'),
      layers: ['aaaaaaaaaaaa:280', 'bbbbbbbbbbbb:20'],
    });
    expect(readImageLayers(image, [{ Size: 0 }, { Size: 300 }]).layers).toEqual([
      'aaaaaaaaaaaa:300',
      'bbbbbbbbbbbb:0',
    ]);
  });

  it('share the size evenly where the history cannot be matched', () => {
    expect(readImageLayers(image, [{ Size: 300 }]).layers).toEqual(['aaaaaaaaaaaa:150', 'bbbbbbbbbbbb:150']);
  });

  it('are told of as many images as the wire takes, the first ones first', () => {
    const large = { layers: Array.from({ length: MOST.layers - 1 }, () => 'x') };
    const small = { layers: ['y'] };
    expect(boundLayers([large, large, small, small])).toEqual([large, small]);
    expect(boundLayers(Array.from({ length: 50 }, () => small))).toHaveLength(MOST.images);
  });
});

describe('the loop', () => {
  it('asks for layers again only when the images here or ours change, or one was pulled', async () => {
    const clock = virtualClock();
    const stop = new AbortController();
    let here = ['a:1', 'b:1'];
    const asked: string[] = [];
    const engine = {
      images: () => Promise.resolve(here),
      imageLayers: (name: string) => {
        asked.push(name);
        return Promise.resolve(name === 'gone:1' ? undefined : { id: name, layers: ['0123456789ab:1'] });
      },
    };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const ours = () => ['a:1', 'gone:1'];
    const onChange = () => undefined;
    const loop = createImageLoop({ engine, ours, clock, log, signal: stop.signal, onChange });
    const running = loop.run();
    await clock.advance(180_000);
    expect(asked).toEqual(['a:1', 'gone:1']);
    expect(loop.layers()).toEqual([{ image: 'a:1', layers: ['0123456789ab:1'] }]);
    here = ['a:1'];
    await clock.advance(60_000);
    expect(asked).toHaveLength(4);
    loop.look();
    await clock.advance(1000);
    expect(asked).toHaveLength(6);
    stop.abort();
    await clock.advance(60_000);
    await running;
  });
});
