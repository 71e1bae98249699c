import { expect, test } from 'vitest'
import { nearestName } from '../../../src/base/nearest-name.ts'

const known = ['SLUICE_SANDBOX', 'SLUICE_DATA_DIR', 'PORT']

test.each([
  ['SLUICE_SANBOX', 'SLUICE_SANDBOX'],
  ['sluice_data_dir', 'SLUICE_DATA_DIR'],
  ['SLUICE_DATADIR', 'SLUICE_DATA_DIR'],
  ['PROT', undefined],
  ['SLUICE_KAFKA_BROKERS', undefined],
  ['', undefined],
])('%s most likely meant %s', (name, meant) => expect(nearestName(name, known)).toBe(meant))
