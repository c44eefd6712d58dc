// What a page gets from its backend; here it is in the address: #toolboxUrl=…&token=…&code=…
const { code, ...sandbox } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

export { code, sandbox };
