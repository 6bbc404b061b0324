import type { Vec3 } from '../../src/contracts/geometry.js';

/** Triangles of a box around a middle, nine numbers each. */
export function boxTriangles(size: Vec3, middle: Vec3 = [0, 0, 0]): Float64Array {
  const corner = (index: number): number[] =>
    [0, 1, 2].map((k) => middle[k]! + (index & (1 << k) ? 0.5 : -0.5) * size[k]!);
  const faces = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ];
  return Float64Array.from(
    faces.flatMap(([a, b, c, d]) => [a, b, c, a, c, d].flatMap((index) => corner(index!))),
  );
}

/** Triangles of a rod along z with a round section. */
export function rodTriangles(
  radius: number,
  length: number,
  middle: Vec3 = [0, 0, 0],
  sides = 16,
): Float64Array {
  const at = (side: number, end: number): number[] => {
    const turn = (2 * Math.PI * side) / sides;
    const z = middle[2] + (end * length) / 2;
    return [middle[0] + radius * Math.cos(turn), middle[1] + radius * Math.sin(turn), z];
  };
  const of = (side: number): number[] => {
    const [a, b, c, d] = [at(side, -1), at(side + 1, -1), at(side + 1, 1), at(side, 1)];
    const [low, high] = [-1, 1].map((end) => [middle[0], middle[1], middle[2] + (end * length) / 2]);
    return [a, b, c, a, c, d, low!, b, a, high!, d, c].flat() as number[];
  };
  return Float64Array.from(Array.from({ length: sides }, (_, side) => of(side)).flat());
}

export const together = (...parts: Float64Array[]): Float64Array =>
  Float64Array.from(parts.flatMap((part) => [...part]));

/** A binary STL file of triangles. */
export function binaryStl(triangles: Float64Array, title = 'made by a test'): Buffer {
  const file = Buffer.alloc(84 + (50 * triangles.length) / 9);
  file.write(title, 0, 'latin1');
  file.writeUInt32LE(triangles.length / 9, 80);
  for (const [index, value] of triangles.entries()) {
    file.writeFloatLE(value, 84 + 50 * Math.floor(index / 9) + 12 + 4 * (index % 9));
  }
  return file;
}

export function textStl(triangles: Float64Array): string {
  const lines = ['solid made by a test'];
  for (let at = 0; at < triangles.length; at += 9) {
    lines.push(' facet normal 0 0 0', '  outer loop');
    for (const k of [0, 3, 6])
      lines.push(`   vertex ${[...triangles.subarray(at + k, at + k + 3)].join(' ')}`);
    lines.push('  endloop', ' endfacet');
  }
  return [...lines, 'endsolid'].join('\n');
}

export function objText(triangles: Float64Array): string {
  const lines: string[] = [];
  for (let at = 0; at < triangles.length; at += 3)
    lines.push(`v ${[...triangles.subarray(at, at + 3)].join(' ')}`);
  for (let face = 0; face < triangles.length / 9; face++)
    lines.push(`f ${3 * face + 1} ${3 * face + 2} ${3 * face + 3}`);
  return lines.join('\n');
}

/** A COLLADA file of one geometry under a node with a matrix. */
export function daeText(
  triangles: Float64Array,
  { unit = 1, up = 'Z_UP', matrix = '1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1' } = {},
): string {
  const count = triangles.length / 3;
  return `<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
 <asset><unit name="own" meter="${unit}"/><up_axis>${up}</up_axis></asset>
 <library_geometries><geometry id="g"><mesh>
  <source id="p"><float_array id="pa" count="${3 * count}">${[...triangles].join(' ')}</float_array>
   <technique_common><accessor source="#pa" count="${count}" stride="3"><param name="X" type="float"/>
   <param name="Y" type="float"/><param name="Z" type="float"/></accessor></technique_common></source>
  <vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
  <triangles count="${count / 3}"><input semantic="VERTEX" source="#v" offset="0"/>
   <p>${Array.from({ length: count }, (_, index) => index).join(' ')}</p></triangles>
 </mesh></geometry></library_geometries>
 <library_visual_scenes><visual_scene id="s"><node id="n"><matrix>${matrix}</matrix>
  <instance_geometry url="#g"/></node></visual_scene></library_visual_scenes>
 <scene><instance_visual_scene url="#s"/></scene>
</COLLADA>`;
}

/** The box around triangles: both corners. */
export function extent(triangles: Float64Array): number[][] {
  return [0, 1, 2].map((k) => {
    const values = [...triangles].filter((_, at) => at % 3 === k);
    return [Math.min(...values), Math.max(...values)];
  });
}
