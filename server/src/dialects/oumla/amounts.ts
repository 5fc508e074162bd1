/** An amount of a coin's smallest unit as an exact decimal in the coin itself, without zeros at its end: `1.5`, `-0.00000001`. */
export function toDecimal(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).replace(/0+$/, '')
  const text = digits.slice(0, point) + (fraction === '' ? '' : `.${fraction}`)
  return amount < 0n ? `-${text}` : text
}
