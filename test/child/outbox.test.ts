import { expect, test } from 'vitest'
import { outbox, VIEWS_UNDER_WAY_MAX } from '../../engine/child/outbox.ts'
import type { FromChild } from '../../engine/supervisor/messages.ts'

/** A line to a supervisor that takes in a message only when it is told to. */
const begin = () => {
  const written: FromChild[] = []
  const waiting: (() => void)[] = []
  const send = outbox((message, onLeft) => {
    written.push(message)
    waiting.push(onLeft)
  })
  const view = (equity: string): FromChild => ({ kind: 'view', changes: { equity } })
  return { send, written, view, readOne: () => waiting.shift()?.(), waiting }
}

test('whoever reads gets every view', () => {
  const { send, written, view, readOne } = begin()
  const views = Array.from({ length: 100 }, (_, number) => view(String(number)))
  for (const each of views) {
    send(each)
    readOne()
  }
  expect(written).toEqual(views)
})

test('views for a supervisor that stands still do not pile up, and the newest of each section comes when it reads again', () => {
  const { send, written, view, readOne, waiting } = begin()
  for (let number = 0; number < 1_000; number += 1) send(view(String(number)))
  send({ kind: 'view', changes: { modeOrigin: 'config' } })
  expect(written).toHaveLength(VIEWS_UNDER_WAY_MAX)
  while (waiting.length > 0) readOne()
  expect(written).toHaveLength(VIEWS_UNDER_WAY_MAX + 1)
  expect(written.at(-1)).toEqual({ kind: 'view', changes: { equity: '999', modeOrigin: 'config' } })
  send(view('after'))
  expect(written.at(-1)).toEqual(view('after'))
})

test('an answer to a command waits for no view', () => {
  const { send, written, view } = begin()
  for (let number = 0; number < 100; number += 1) send(view(String(number)))
  const answer: FromChild = { kind: 'commandResult', id: 'halt-0001', result: 'accepted', message: 'done', ledgerSequence: 1 }
  send(answer)
  expect(written.at(-1)).toEqual(answer)
})
