import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import type { CallStatistics } from '../../api/client.ts'
import { useIsDark } from '../../shell/theme.ts'
import { dialects, isDialect } from '../../ui/dialects.ts'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** Requests over time, a line for each dialect in its colour, and one for all that failed. */
export function CallsChart({ statistics }: { readonly statistics: CallStatistics }) {
  const place = useRef<HTMLDivElement>(null)
  const isDark = useIsDark()
  const names = statistics.dialects.map(({ dialect }) => dialect).join(' ')
  const chart = useRef<uPlot>(undefined)
  const latest = useRef(statistics)
  latest.current = statistics

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew in another theme, lines when other dialects are called
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(options(element, latest.current), dataOf(latest.current), element)
    chart.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
    }
  }, [isDark, names])
  useEffect(() => chart.current?.setData(dataOf(statistics)), [statistics])

  return <div ref={place} role="img" aria-label={describe(statistics)} className="h-full w-full overflow-hidden" />
}

function describe({ window, dialects: all }: CallStatistics): string {
  return `Requests over the last ${window}: ${all.map(({ dialect, requests }) => `${dialect} ${requests}`).join(', ')}`
}

function dataOf({ from, stepSeconds, dialects: all }: CallStatistics): uPlot.AlignedData {
  const start = Date.parse(from) / 1_000
  const length = all[0]?.series.requests.length ?? 0
  const times = Array.from({ length }, (_, index) => start + index * stepSeconds)
  const errors = times.map((_, index) => all.reduce((total, { series }) => total + (series.errors[index] ?? 0), 0))
  return [times, ...all.map(({ series }) => [...series.requests]), errors]
}

/** A colour as a canvas takes it: the page's variables are resolved by the page alone. */
function resolve(element: HTMLElement, color: string): string {
  element.style.color = color
  const resolved = getComputedStyle(element).color
  element.style.color = ''
  return resolved
}

function options(element: HTMLElement, { dialects: all }: CallStatistics): uPlot.Options {
  const color = (text: string) => resolve(element, text)
  const lines = all.map(({ dialect }) => ({
    label: dialect,
    stroke: color(isDialect(dialect) ? dialects[dialect].color : 'var(--muted)'),
    width: 1.5,
    points: { show: false },
  }))
  const axis = {
    stroke: color('var(--muted)'),
    font: '12px "Inter Variable"',
    grid: { stroke: color('var(--line)'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 20, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        values: (_, seconds) => seconds.map((second) => clock.format(second * 1_000)),
      },
      { ...axis, size: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000] },
    ],
    series: [
      {},
      ...lines,
      { label: 'errors', stroke: color('var(--bad)'), width: 1.5, dash: [4, 3], points: { show: false } },
    ],
  }
}
